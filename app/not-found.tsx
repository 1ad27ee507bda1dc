import { Notice } from "../components/ui/Notice.tsx";

export default function NotFound() {
  return (
    <Notice title="There is no such page" code="not_found">
      <p>The pages are on the left. Press Ctrl-K or ⌘K to go to anything by name.</p>
    </Notice>
  );
}
