"use client";
/** Where the user looks at the picture: kept for the visit, and brought along by a link. */
import { useCallback, useRef } from "react";
import { type KeptViewport, parseViewport } from "../../lib/view/graph/kept-viewport.ts";
import type { Pictured } from "../../lib/view/live-query.ts";
import { viewportKey } from "../../lib/view/picture-key.ts";
import { keepViewport, recallViewport } from "../data/kept-viewports.ts";
import { useParam } from "../data/use-view-state.ts";

/** In a link: where it looks. It is taken out of the address once the picture looks there. */
export const LOOK_PARAM = "look";

/** `of`: what is drawn. A wall shows all, and leaves no trace. */
export function useViewport(of: Pictured, isWall: boolean) {
  const [look, setLook] = useParam(LOOK_PARAM);
  const key = viewportKey(of);
  const isLinked = useRef(look !== null);
  const onRecall = useCallback((): KeptViewport | null => {
    if (isWall) return null;
    return (isLinked.current ? parseViewport(look) : null) ?? recallViewport(key);
  }, [isWall, key, look]);
  const onKeep = useCallback(
    (viewport: KeptViewport | null): void => {
      if (isWall) return;
      keepViewport(key, viewport);
      if (!isLinked.current) return;
      isLinked.current = false;
      setLook(null);
    },
    [isWall, key, setLook],
  );
  return { onRecall, onKeep };
}
