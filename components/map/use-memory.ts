"use client";
/** Pictures of visits before, for the graph that the map shows: by estate, view, scope and how boxes stand. */
import { useMemo } from "react";
import type { Pictured } from "../../lib/view/live-query.ts";
import { pictureKey } from "../../lib/view/picture-key.ts";
import type { PictureMemory } from "../canvas/arranger.ts";
import { keepPicture, recallPicture } from "../data/kept-pictures.ts";
import { useEstateKey } from "../data/use-pins.ts";

/** `of`: what the graph was asked for; null where its picture is not kept. */
export function useMemory(of: Pictured | null): PictureMemory {
  const estate = useEstateKey();
  const key = estate === null || of === null ? null : pictureKey(estate, of);
  return useMemo(() => ({ key, recall: recallPicture, keep: keepPicture }), [key]);
}
