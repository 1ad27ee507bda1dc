/** The bytes of TCP that go one way, both ways of a connection together; nothing where there is none. */
import type { GraphNode } from "../../lib/query/schema/graph.ts";
import { bytesPerSec } from "../../lib/view/format.ts";
import { Num } from "./Num.tsx";
import { Fact } from "./Section.tsx";

type Way = Pick<GraphNode["inbound"], "tcpBytesPerSec" | "absent">;

export function TcpFact({ of: { tcpBytesPerSec, absent } }: { readonly of: Way }) {
  if (tcpBytesPerSec === undefined) return null;
  return (
    <Fact name="TCP">
      <Num figure={bytesPerSec(tcpBytesPerSec, absent?.["tcpBytesPerSec"])} />
    </Fact>
  );
}
