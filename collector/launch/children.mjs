// The process family: children in the launcher's group, started as `node FILE` with an IPC channel whose end means
// stop. One child dies: the others are stopped and the launcher ends with its code. Everything is down within 15 s.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { root } from "./paths.mjs";

const STOP_LIMIT_MS = 15_000;
const UI_LIMIT_MS = 3_000;
const PARENT_POLL_MS = 1_000;

/** Our parent and, where the system tells, its parent. */
function ancestry() {
  try {
    const status = readFileSync(`/proc/${process.ppid}/status`, "utf8");
    return `${process.ppid} ${/^PPid:\s*(\d+)/m.exec(status)?.[1]}`;
  } catch {
    return String(process.ppid);
  }
}

function deferred() {
  let resolve = () => {};
  const promise = new Promise((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

export class Family {
  /** @type {{name: string, process: import("node:child_process").ChildProcess, limitMs: number}[]} */
  #children = [];
  #stopping = false;
  #exitCode = 0;
  #allGone = deferred();

  constructor() {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => void this.stop());
    this.#watchParent();
  }

  /**
   * npm dies at once on SIGTERM and leaves its child: a launcher that npm started stops when npm is gone. Between the
   * two there may be a shell that lives on, so its parent is watched as well.
   */
  #watchParent() {
    if (process.env.npm_lifecycle_event === undefined) return;
    const before = ancestry();
    const timer = setInterval(() => {
      if (ancestry() !== before) void this.stop();
    }, PARENT_POLL_MS);
    timer.unref();
  }

  /**
   * @param {string} name shown in messages
   * @param {string} file
   * @param {string[]} args
   * @param {{env?: Record<string, string>, ui?: boolean, quiet?: boolean}} options `quiet`: its stdout says nothing that
   *   its messages do not
   */
  start(name, file, args, options = {}) {
    const child = spawn(process.execPath, ["--enable-source-maps", file, ...args], {
      cwd: root,
      stdio: ["ignore", options.quiet ? "ignore" : options.ui ? 2 : "inherit", "inherit", "ipc"],
      env: { ...process.env, ...options.env },
    });
    const member = { name, process: child, limitMs: options.ui ? UI_LIMIT_MS : STOP_LIMIT_MS };
    this.#children.push(member);
    child.once("exit", (code, signal) => this.#gone(member, code, signal));
    return child;
  }

  #gone(member, code, signal) {
    this.#children = this.#children.filter((other) => other !== member);
    if (!this.#stopping) {
      this.#exitCode = code ?? 1;
      if (code !== 0) process.stderr.write(`meshscope: ${member.name} ended with ${signal ?? code}\n`);
      void this.stop();
    } else if (code !== 0 && code !== null && this.#exitCode === 0 && member.limitMs !== UI_LIMIT_MS) {
      this.#exitCode = code;
    }
    if (this.#children.length === 0) this.#allGone.resolve();
  }

  /** Asks every child to stop, kills what overstays, resolves when all are gone. */
  stop() {
    if (this.#stopping) return this.#allGone.promise;
    this.#stopping = true;
    if (this.#children.length === 0) this.#allGone.resolve();
    for (const { process: child, limitMs } of this.#children) {
      child.kill("SIGTERM");
      setTimeout(() => child.kill("SIGKILL"), limitMs).unref();
    }
    return this.#allGone.promise;
  }

  /** The first message of `type` from a child. @returns {Promise<any>} */
  message(child, type) {
    return new Promise((resolve, reject) => {
      child.on("message", (message) => {
        if (message?.type === type) resolve(message);
      });
      child.once("exit", (code) => reject(new Stopped(code ?? 1)));
    });
  }

  /** Waits until everything is down and ends the launcher with the code of the child that went first. */
  async finish() {
    await this.#allGone.promise;
    process.exitCode = this.#exitCode;
    if (process.connected) process.disconnect();
  }

  get exitCode() {
    return this.#exitCode;
  }
}

/** A child ended before it said what was awaited; it has printed why. */
export class Stopped extends Error {
  constructor(code) {
    super(`a child ended with ${code}`);
    this.code = code;
  }
}
