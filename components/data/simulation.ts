"use client";
/** The simulated estate's incidents: read, and switched on or off. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { incidentListSchema } from "../../lib/query/schema/simulation.ts";
import { demoGet, demoPost } from "./api.ts";

const KEY = ["incidents"];

export function useIncidents() {
  return useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => demoGet("/incidents", incidentListSchema, signal),
    refetchInterval: 5_000,
  });
}

export function useSwitchIncident() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ name, active }: { readonly name: string; readonly active: boolean }) =>
      demoPost(`/incidents/${encodeURIComponent(name)}`, incidentListSchema, { active }),
    onSuccess: (list) => queries.setQueryData(KEY, list),
  });
}
