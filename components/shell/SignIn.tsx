"use client";
/** In the page's place while the collector asks for a token: one field, what to do without one, and the code of a refusal. */
import { type FormEvent, useState } from "react";
import { adviceFor } from "../../lib/view/failure-words.ts";
import { asFailure } from "../data/api.ts";
import { useSignIn } from "../data/session.ts";
import { Button } from "../ui/Button.tsx";
import { CodeLine } from "../ui/CodeLine.tsx";

const MAKE_TOKEN = "openssl rand -base64 32 | tr -d '\\n' | tee token.txt | sha256sum";

export function SignIn() {
  const [token, setToken] = useState("");
  const { mutate, isPending, error } = useSignIn();
  const failure = asFailure(error);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (token.trim() !== "") mutate(token.trim());
  };
  return (
    <div className="flex h-full items-center justify-center overflow-auto p-6">
      <form onSubmit={submit} className="flex w-full max-w-md flex-col gap-3">
        <h1 className="text-lg font-semibold">Sign in</h1>
        <p className="text-quiet">This collector answers to those who hold a token.</p>
        <label className="flex flex-col gap-1">
          Token
          <input
            type="password"
            autoComplete="current-password"
            value={token}
            onChange={(event) => setToken(event.target.value)}
            aria-invalid={failure !== null}
            aria-describedby={failure === null ? undefined : "sign-in-failure"}
            className="h-8 rounded-md border border-line bg-panel px-2 font-mono"
          />
        </label>
        {failure === null ? null : (
          <p id="sign-in-failure" role="alert" className="text-failing-text">
            {failure.message}. {adviceFor(failure.code)} <code className="font-mono text-xs">{failure.code}</code>
          </p>
        )}
        <div>
          <Button type="submit" variant="primary" disabled={isPending || token.trim() === ""}>
            {isPending ? "Signing in…" : "Sign in"}
          </Button>
        </div>
        <p className="text-quiet">
          No token? Whoever runs the collector makes one and puts its SHA-256 into <code>auth.tokens</code>:
        </p>
        <CodeLine text={MAKE_TOKEN} label="the command" />
      </form>
    </div>
  );
}
