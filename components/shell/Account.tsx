"use client";
/** Who is signed in, with which roles, and the way out. Nothing where the collector asks nobody. */
import { LogOut } from "lucide-react";
import { useMeta } from "../data/queries.ts";
import { useSignOut } from "../data/session.ts";
import { IconButton } from "../ui/IconButton.tsx";

export function Account() {
  const { data: meta } = useMeta();
  const { mutate } = useSignOut();
  if (meta === undefined || meta.auth === "none") return null;
  const { name, roles } = meta.subject;
  return (
    <span className="flex items-center gap-1 text-quiet" title={`Roles: ${roles.join(", ")}`}>
      <span className="max-w-32 truncate">{name}</span>
      <IconButton label="Sign out" icon={<LogOut size={16} />} onClick={() => mutate()} />
    </span>
  );
}
