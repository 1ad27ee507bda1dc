"use client";
/** Approval links: looked at, which does nothing, and used, once. The token comes from the address's fragment. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { approvalSchema, madeApprovalSchema } from "../../lib/query/schema/approvals.ts";
import { type RolloutActionName, receiptSchema } from "../../lib/query/schema/rollouts.ts";
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

/** Makes a link for one action on the revision that was seen. */
export function useMakeApproval(id: string) {
  return useMutation({
    mutationFn: (body: { readonly action: RolloutActionName; readonly expectedRevision: string }) =>
      apiPost(`/rollouts/${encodeURIComponent(id)}/approvals`, madeApprovalSchema, body),
  });
}
