/** What a component says before a browser runs it: for tests, which have no page. */
import type { ReactNode } from "react";
import { renderToStaticMarkup } from "react-dom/server";

export const markupOf = (node: ReactNode): string => renderToStaticMarkup(node);
