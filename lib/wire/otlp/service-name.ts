/** Whether a range of bytes spells the key `service.name`: asked once per attribute of every resource. */
const SERVICE_NAME = Uint8Array.from([115, 101, 114, 118, 105, 99, 101, 46, 110, 97, 109, 101]);

export function isServiceName(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== SERVICE_NAME.length) return false;
  for (let i = 0; i < SERVICE_NAME.length; i++) if (bytes[start + i] !== SERVICE_NAME[i]) return false;
  return true;
}
