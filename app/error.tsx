"use client";
/** A page that failed to draw: the rest of the console stays. */
import { Notice } from "../components/ui/Notice.tsx";

export default function PageError({ error, reset }: { readonly error: Error; readonly reset: () => void }) {
  return (
    <Notice title="This page failed to draw" code="console_error" onRetry={reset}>
      <p className="break-words">{error.message}</p>
      <p>This is a fault of the console. Other pages still work; the data is not touched.</p>
    </Notice>
  );
}
