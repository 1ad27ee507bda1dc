"use client";
/** Feeds the query cache from the live stream of the picture in the URL. Mounted once, in the shell; draws nothing. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import type { Graph } from "../../lib/query/schema/graph.ts";
import { applyDelta } from "../../lib/view/live-delta.ts";
import { livePath } from "../../lib/view/live-query.ts";
import { type LiveClient, liveClient } from "./live-client.ts";
import type { HubMessage, StreamState } from "./live-hub.ts";
import { usePictured } from "./use-pictured.ts";

export function streamKey(path: string): readonly [string, string] {
  return ["stream", path];
}

export function LiveGraph() {
  const queries = useQueryClient();
  const client = useRef<LiveClient | null>(null);
  const { state, isSettled } = usePictured();
  const path = isSettled ? livePath(state) : null;

  useEffect(() => {
    const take = (message: HubMessage) => {
      const key = ["graph", message.path];
      // What is said again is not new: since when it is so is read from it.
      if (message.type === "state") {
        const of = streamKey(message.path);
        if (queries.getQueryData(of) !== message.state) queries.setQueryData<StreamState>(of, message.state);
      } else if (message.type === "snapshot") queries.setQueryData<Graph>(key, message.graph);
      else
        queries.setQueryData<Graph>(key, (graph) => (graph === undefined ? graph : applyDelta(graph, message.delta)));
    };
    const live = liveClient(take);
    client.current = live;
    return () => {
      live.close();
      client.current = null;
    };
  }, [queries]);

  useEffect(() => {
    client.current?.watch(path);
  }, [path]);
  return null;
}
