"use client";
/** Approval links: looked at, which does nothing, and used, once. The token comes from the address's fragment. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { approvalSchema } from "../../lib/query/schema/approvals.ts";
import { receiptSchema } from "../../lib/query/schema/rollouts.ts";
import { apiGet, apiPost } from "./api.ts";

const pathOf = (token: string): string => `/approvals/${encodeURIComponent(token)}`;

export function useApproval(token: string) {
  return useQuery({
    queryKey: ["approval", token],
    queryFn: ({ signal }) => apiGet(pathOf(token), approvalSchema, signal),
    enabled: token !== "",
    retry: false,
  });
}

export function useUseApproval(token: string) {
  return useMutation({ mutationFn: (reason: string) => apiPost(pathOf(token), receiptSchema, { reason }) });
}
