"use client";
/** Signing in with a token and out again. All answers are asked for anew after either. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { sessionSchema } from "../../lib/query/schema/estate.ts";
import { sessionRequest } from "./api.ts";

export function useSignIn() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (token: string) => sessionRequest("POST", sessionSchema, { token }),
    onSuccess: () => queries.resetQueries(),
  });
}

export function useSignOut() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => sessionRequest("DELETE", sessionSchema, {}),
    onSuccess: () => queries.resetQueries(),
  });
}
