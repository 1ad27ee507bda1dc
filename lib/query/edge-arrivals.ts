/**
 * What arrived at services from callers that nobody named there, held against what senders say they sent. In: for each
 * edge its part in that, as volumes (requests; of TCP, connections). Out: the share of each edge that stays where it is,
 * and the share of a call to a mere host that is joined to the service of another mesh behind it: the smaller figure of
 * the two sides is the joined part (design §2 "Joining"). Senders that are sure of their service come first, so that a
 * gateway in between keeps its hop.
 */

/** Below this share a remainder is the jitter between two proxies' scrapes, not a caller. */
export const REMAINDER_NOISE = 0.05;

export interface Volume {
  counts: number;
  perSec: number;
}

/**
 * `told`: a destination's count of whoever called (reporter `inbound`); `nameless`: of those alone that it could not name;
 * `sent`: a sender's count; `other`: a destination's of callers with names.
 */
export type Role = "told" | "nameless" | "sent" | "other";

export interface Flow {
  /** TCP or not, and the service at the target. */
  readonly service: string;
  readonly role: Role;
  /** Told of a caller whose identity the destination checked: its own mesh's. */
  readonly identified: boolean;
  /** Both ends stand in one mesh. */
  readonly within: boolean;
  /** The destination would have named this sender. */
  readonly nameable: boolean;
  /** The service that the host of this call may be. */
  readonly candidate: string | null;
  readonly volume: Volume;
}

export interface Shares {
  readonly stays: number;
  readonly joined: number;
}

const WHOLE: Shares = { stays: 1, joined: 0 };
const OF = ["counts", "perSec"] as const;

const none = (): Volume => ({ counts: 0, perSec: 0 });

function add(to: Volume, volume: Volume): void {
  for (const of of OF) to[of] += volume[of];
}

/** One service: what arrived there without a name, and who says to have sent it. */
class Arrivals {
  private readonly identified = none();
  private readonly unidentified = none();
  /** Of senders in the service's own mesh, and of the others. */
  private readonly within = none();
  private readonly across = none();
  private readonly nameableWithin = none();
  private readonly nameableAcross = none();
  private readonly hosts = none();
  private hasTold = false;
  private hasNameless = false;
  private hasNamed = false;

  take(flow: Flow): void {
    if (flow.role === "told" || flow.role === "nameless") {
      this.hasTold ||= flow.role === "told";
      this.hasNameless ||= flow.role === "nameless";
      add(flow.identified ? this.identified : this.unidentified, flow.volume);
      return;
    }
    this.hasNamed = true;
    if (flow.role !== "sent") return;
    if (flow.nameable) add(flow.within ? this.nameableWithin : this.nameableAcross, flow.volume);
    else add(flow.within ? this.within : this.across, flow.volume);
  }

  /** A call to a host that may be this service. */
  claim(volume: Volume): void {
    add(this.hosts, volume);
  }

  /** Senders whom a destination of Istio would have named explain only what is told of all callers. */
  private sent(of: keyof Volume): { within: number; across: number } {
    const within = this.within[of] + (this.hasTold ? this.nameableWithin[of] : 0);
    return { within, across: this.across[of] + (this.hasTold ? this.nameableAcross[of] : 0) };
  }

  /** What no sender accounts for: senders of the own mesh have identities, and those of others have none. */
  private left(of: keyof Volume): { identified: number; unidentified: number } {
    const { within, across } = this.sent(of);
    const rest = (volume: number, sent: number): number => Math.max(0, volume - sent);
    const overWithin = rest(within, this.identified[of]);
    const overAcross = rest(across + overWithin, this.unidentified[of]);
    return {
      identified: rest(this.identified[of], within + overAcross),
      unidentified: rest(this.unidentified[of], across + overWithin),
    };
  }

  private get sentCounts(): number {
    const { within, across } = this.sent("counts");
    return within + across;
  }

  get claimed(): number {
    return this.sentCounts + this.joined * this.hosts.counts;
  }

  /** Of what arrived, the share that stays without a name, once `joined` of the calls to hosts are taken from it. */
  stays(identified: boolean, joined: number): number {
    const arrived = identified ? this.identified : this.unidentified;
    const others = this.hasNamed || joined > 0;
    if (arrived.counts === 0) return others ? 0 : 1;
    if (this.sentCounts === 0 && joined * this.hosts.counts === 0) return 1;
    const shares = OF.map((of) => {
      const left = this.left(of)[identified ? "identified" : "unidentified"];
      const taken = identified ? 0 : joined * this.hosts[of];
      return arrived[of] > 0 ? Math.max(0, left - taken) / arrived[of] : 0;
    });
    const share = Math.min(...shares);
    return share < REMAINDER_NOISE ? 0 : share;
  }

  /** Whether anything is left that neither senders nor calls to hosts account for, beyond jitter. */
  get isOpen(): boolean {
    if (!this.hasNamed && this.hosts.counts === 0) return false;
    return [true, false].some((identified) => this.stays(identified, this.joined) >= REMAINDER_NOISE);
  }

  /**
   * Of the calls to hosts that may be this service, the share that arrived there. Proxies are read at different moments:
   * the greater share holds. Where the service's proxies tell of no arrivals at all, nothing speaks against it.
   */
  get joined(): number {
    if (!this.hasTold && !this.hasNameless) return 1;
    if (this.stays(false, 0) === 0) return 0;
    const shares = OF.map((of) => (this.hosts[of] > 0 ? this.left(of).unidentified / this.hosts[of] : 0));
    const share = Math.min(1, Math.max(...shares));
    if (share > 1 - REMAINDER_NOISE) return 1;
    return share < REMAINDER_NOISE ? 0 : share;
  }
}

export interface Apportioned {
  /** In the order of the flows. */
  readonly shares: readonly Shares[];
  /** By service with arrivals that nobody accounts for, what its senders say they sent. */
  readonly open: ReadonlyMap<string, number>;
}

export function apportion(flows: readonly Flow[]): Apportioned {
  if (!flows.some(({ role, candidate }) => role === "told" || role === "nameless" || candidate !== null)) {
    return { shares: flows.map(() => WHOLE), open: new Map() };
  }
  const services = new Map<string, Arrivals>();
  const at = (service: string): Arrivals => {
    const known = services.get(service) ?? new Arrivals();
    services.set(service, known);
    return known;
  };
  for (const flow of flows) {
    at(flow.service).take(flow);
    if (flow.candidate !== null) at(flow.candidate).claim(flow.volume);
  }
  const joined = new Map<string, number>();
  for (const { candidate } of flows) if (candidate !== null) joined.set(candidate, at(candidate).joined);
  const open = new Map<string, number>();
  for (const [service, arrivals] of services) if (arrivals.isOpen) open.set(service, arrivals.claimed);
  const shares = flows.map(({ service, role, identified, candidate }): Shares => {
    const join = candidate === null ? 0 : (joined.get(candidate) ?? 0);
    if (role !== "told" && role !== "nameless") return join === 0 ? WHOLE : { stays: 1 - join, joined: join };
    return { stays: at(service).stays(identified, joined.get(service) ?? 0), joined: 0 };
  });
  return { shares, open };
}
