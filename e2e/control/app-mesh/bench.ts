/** App Mesh's API under the drivers' contract: a mesh of its own for each case, with two nodes and a 90:10 route. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { AppMeshTraffic } from "../../../collector/actuators/app-mesh.ts";
import type { BenchSplit, DriverBench } from "../../../collector/actuators/driver-bench.ts";
import { openFaultProxy } from "../../../collector/actuators/fault-proxy.ts";
import type { Plan } from "../../../lib/control/traffic/contract.ts";
import { type Json, withMember } from "../../../lib/control/traffic/document.ts";
import { type MotoFolder, pythonEnv } from "./binary.ts";
import { type MotoServer, makeRoute, REGION, specOf } from "./server.ts";

let meshes = 0;

function withWeight(plan: Plan, weight: Json): Plan {
  if (plan.request.api !== "appMesh") throw new Error(plan.request.api);
  const spec = withMember(
    plan.request.input["spec"] ?? {},
    ["httpRoute", "action", "weightedTargets", 0, "weight"],
    weight,
  );
  return { ...plan, request: { ...plan.request, input: { ...plan.request.input, spec } } };
}

/** What AWS refuses, and the emulator takes: it is found before it is sent. */
const INVALID: DriverBench["invalid"] = [101, 76, 0.5, -1].map((weight) => ({
  name: `a weight of ${weight}`,
  says: /1 to 10 targets with whole weights from 0 to 100/,
  plan: (plan: Plan) => withWeight(plan, weight),
}));

export async function openAppMeshBench(server: MotoServer, moto: MotoFolder): Promise<DriverBench> {
  const mesh = `shop-${++meshes}`;
  await makeRoute(server, mesh, "web");
  const route = `/${mesh}/virtualRouter/web/routes/main`;
  const proxy = await openFaultProxy(server.url);
  const options = { name: "eu", region: REGION, endpoint: proxy.url, mesh };
  const traffic = new AppMeshTraffic({ ...options, timeoutMs: 10_000 });
  const hasty = new AppMeshTraffic({ ...options, timeoutMs: 1_000 });
  const target = { driver: "appMesh", cluster: "eu", namespace: mesh, name: "web/main" } as const;
  const split: BenchSplit = { target, routeKey: "main", stable: "web-v1:8080", canary: "web-v2:8080" };
  const raw = async () => JSON.parse(await server.appMesh("GET", route));
  return {
    ...{ traffic, hasty, proxy, split, raw },
    foreignWrite: async (percent) => {
      await server.appMesh("PUT", route, { spec: specOf(percent) });
    },
    ownMembers: /^metadata\.(?:version|lastUpdatedAt)$/,
    invalid: INVALID,
    dangling: async () => {
      const spec = specOf(10, "ghost");
      await server.appMesh("PUT", `/${mesh}/virtualRouter/web/routes`, { routeName: "dangling", spec });
      return {
        target: { ...target, name: "web/dangling" },
        routeKey: "dangling",
        stable: split.stable,
        canary: "ghost:8080",
      };
    },
    byHand: async (command) => {
      const aws = `aws() { python3 ${JSON.stringify(`${moto.folder}/bin/aws`)} "$@"; }; ${command}`;
      await promisify(execFile)("sh", ["-c", aws], { env: pythonEnv(moto.folder) });
    },
    async close() {
      await traffic.close();
      await hasty.close();
      await proxy.close();
    },
  };
}
