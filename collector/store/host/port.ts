/** The two ends of a channel of messages, whatever carries it: a child process's IPC, or a pair of objects in a test. */
export interface Port<Out, In> {
  /** Resolves when the message has left; what is sent to a closed port is lost. */
  send(message: Out): Promise<void>;
  onMessage(listener: (message: In) => void): void;
  /** The other end is gone. */
  onClose(listener: () => void): void;
  /** Lets the other end know that nothing more comes. */
  close(): void;
}
