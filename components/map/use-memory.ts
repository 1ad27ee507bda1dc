"use client";
/** Pictures of visits before, for what the map shows now: by estate, view, scope and how boxes stand. */
import { useMemo } from "react";
import { pictureKey } from "../../lib/view/picture-key.ts";
import type { PictureMemory } from "../canvas/arranger.ts";
import { keepPicture, recallPicture } from "../data/kept-pictures.ts";
import { usePictured } from "../data/use-pictured.ts";
import { useEstateKey } from "../data/use-pins.ts";

export function useMemory(): PictureMemory {
  const { state } = usePictured();
  const estate = useEstateKey();
  const key = estate === null ? null : pictureKey(estate, state);
  return useMemo(() => ({ key, recall: recallPicture, keep: keepPicture }), [key]);
}
