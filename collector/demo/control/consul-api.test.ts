import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ApiServer } from "./api-server.ts";
import { consulApi } from "./consul-api.ts";
import { ConsulEntries } from "./consul-entries.ts";
import type { Json } from "./document.ts";

let entries: ConsulEntries;
let server: ApiServer;
let url: string;

const instance = (id: string, version: string) => ({
  id,
  service: "web",
  address: "10.0.0.1",
  port: 80,
  meta: { version },
});

beforeEach(async () => {
  entries = new ConsulEntries();
  entries.put({ Kind: "service-defaults", Name: "web", Protocol: "http" }, null);
  const Subsets = { v1: { Filter: "Service.Meta.version == v1" }, v2: { Filter: 'Service.Meta.version == "v2"' } };
  entries.put({ Kind: "service-resolver", Name: "web", Subsets }, null);
  entries.put({ Kind: "service-splitter", Name: "web", Splits: splits(90, 10), Meta: { owner: "a" } }, null);
  const instances = [instance("web-1", "v1"), instance("web-2", "v2")];
  server = new ApiServer(consulApi({ entries, datacenter: "dc1", instances }));
  url = await server.listen();
});
afterEach(() => server.close());

const splits = (v1: number, v2: number) => [
  { Weight: v1, ServiceSubset: "v1" },
  { Weight: v2, ServiceSubset: "v2" },
];

const splitter = (Splits: Json, rest: Readonly<Record<string, Json>> = {}) => ({
  Kind: "service-splitter",
  Name: "web",
  Splits,
  ...rest,
});

async function put(body: Json, query = "", token = ""): Promise<readonly [number, string]> {
  const headers = token === "" ? {} : { "x-consul-token": token };
  const answer = await fetch(`${url}/v1/config${query}`, { method: "PUT", headers, body: JSON.stringify(body) });
  return [answer.status, await answer.text()];
}

const indexNow = (): unknown => entries.read("service-splitter", "web")?.["ModifyIndex"];

describe("the simulated Consul", () => {
  test("puts what is current, and answers 200 false to what is not", async () => {
    const index = indexNow();
    expect(await put(splitter(splits(75, 25)), `?cas=${index}`)).toEqual([200, "true"]);
    expect(await put(splitter(splits(50, 50)), `?cas=${index}`)).toEqual([200, "false"]);
    expect(await put(splitter(splits(50, 50)), "?cas=0")).toEqual([200, "false"]);
    expect(entries.read("service-splitter", "web")).toMatchObject({ Splits: splits(75, 25) });
    const tries = await Promise.all(
      Array.from({ length: 50 }, () => put(splitter(splits(1, 99)), `?cas=${indexNow()}`)),
    );
    expect(tries.filter(([, text]) => text === "true")).toHaveLength(1);
  });

  test.each([
    ["a sum that is not 100", splits(90, 9.99), "the sum of all split weights must be 100, not 99.990000"],
    ["no splits", [], "no splits configured"],
    [
      "one destination twice",
      [...splits(50, 25), { Weight: 25, ServiceSubset: "v2" }],
      "split destination occurs more than once",
    ],
    ["an unknown subset", [{ Weight: 100, ServiceSubset: "v3" }], 'service "web" does not have a subset named "v3"'],
  ])("refuses %s with 500 and text", async (_, Splits, text) => {
    const index = indexNow();
    const [status, told] = await put(splitter(Splits));
    expect(status).toBe(500);
    expect(told).toContain(text);
    expect(indexNow()).toBe(index);
  });

  test("refuses a splitter over tcp, a subset that is taken away under it, and a kind that it does not know", async () => {
    const [, tcp] = await put({ Kind: "service-splitter", Name: "db", Splits: [{ Weight: 100 }] });
    expect(tcp).toBe(
      'discovery chain "db" uses a protocol "tcp" that does not permit advanced routing or splitting behavior',
    );
    const [status, gone] = await put({ Kind: "service-resolver", Name: "web", Subsets: {} });
    expect([status, gone]).toEqual([500, 'service "web" does not have a subset named "v1"']);
    expect((await put({ Kind: "service-wish", Name: "web" }))[0]).toBe(400);
    expect((await put(splitter(splits(1, 99)), "", "viewer"))[0]).toBe(403);
  });

  test("answers a blocking query when the entry changes, or when its time is over", async () => {
    const read = (query: string): Promise<Response> => fetch(`${url}/v1/config/service-splitter/web?${query}`);
    const now = (await read("")).headers.get("x-consul-index");
    const waiting = read(`index=${now}&wait=30s`);
    await put(splitter(splits(60, 40)));
    const woken = await waiting;
    expect(await woken.json()).toMatchObject({ Splits: splits(60, 40) });
    expect(Number(woken.headers.get("x-consul-index"))).toBeGreaterThan(Number(now));
    const idle = await read(`index=${woken.headers.get("x-consul-index")}&wait=50ms`);
    expect(idle.headers.get("x-consul-index")).toBe(woken.headers.get("x-consul-index"));
  });

  test("tells instances by filter, the chain with its weights, and what is not there", async () => {
    const ids = async (path: string): Promise<unknown> => {
      const found: { readonly Service: { readonly ID: string } }[] = await (await fetch(`${url}${path}`)).json();
      return found.map(({ Service }) => Service.ID);
    };
    const filter = encodeURIComponent("Service.Meta.version == v2");
    expect(await ids(`/v1/health/service/web?passing&filter=${filter}`)).toEqual(["web-2"]);
    expect(await ids(`/v1/health/connect/web?passing&filter=${filter}`)).toEqual(["web-2-sidecar-proxy"]);
    expect((await fetch(`${url}/v1/health/service/web?filter=what`)).status).toBe(400);
    const chain: unknown = await (await fetch(`${url}/v1/discovery-chain/web`)).json();
    const Splits = [expect.objectContaining({ Weight: 90 }), expect.objectContaining({ Weight: 10 })];
    const node = expect.objectContaining({ Type: "splitter", Splits });
    expect(chain).toMatchObject({ Chain: { Protocol: "http", Nodes: { "splitter:web.default.default": node } } });
    const none = await fetch(`${url}/v1/config/service-splitter/none`);
    expect([none.status, await none.text()]).toEqual([404, 'Config entry not found for "service-splitter" / "none"']);
    expect(await (await fetch(`${url}/v1/agent/self`)).json()).toMatchObject({
      Config: { Version: "1.22.0+simulated" },
    });
  });
});
