import { useVirtualizer } from "@tanstack/react-virtual";
import { ChevronRight, ChevronsDownUp, ChevronsUpDown } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useDeferredValue, useEffect, useMemo, useRef, useState } from "react";
import { ArchivedText } from "../../components/archived-text.tsx";
import { Button } from "../../components/button.tsx";
import { CopyButton } from "../../components/copy-button.tsx";
import {
  depthBelow,
  firstOpen,
  hasChildren,
  type JsonTree,
  nodeKey,
  nodeKind,
  nodeText,
  pathOf,
  visibleNodes,
} from "../../format/json-tree.ts";
import { formatCount, formatCounted } from "../../format/quantities.ts";
import { shortened, visibleText } from "../../format/visible-text.ts";
import type { QueryResult } from "../../work/tasks.ts";
import { treeTarget } from "./json-tree-keys.ts";
import "./json-tree.css";

export interface JsonTreeViewProps {
  readonly tree: JsonTree;
  readonly query: (path: string, signal: AbortSignal) => Promise<QueryResult>;
  readonly bar: ReactNode;
}

const ROW_HEIGHT = 20;
const INDENT = 14;
/** Rows that are opened at first, and at most by "open all". */
const FIRST_ROWS = 100;
const ALL_ROWS = 100_000;
/** Deeper levels are drawn no further to the right. */
const MAX_INDENT = 40;
const TYPING_MS = 250;

/** JSON as a tree, one line a value, with a JSONPath filter above and the way to the chosen value below. */
export function JsonTreeView({ tree, query, bar }: JsonTreeViewProps) {
  const [open, setOpen] = useState<ReadonlySet<number>>(() => firstOpen(tree, FIRST_ROWS));
  const [active, setActive] = useState(0);
  const [typed, setTyped] = useState("");
  const found = useQuery(query, useDeferredValue(typed.trim()));
  const scroller = useRef<HTMLDivElement>(null);
  const matches = found?.fault === null ? found.nodes : null;
  const roots = useMemo(() => matches ?? [0], [matches]);
  const rows = useMemo(() => visibleNodes(tree, roots, open), [tree, roots, open]);
  const rootSet = useMemo(() => new Set(roots), [roots]);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 20,
  });

  const toggle = (node: number) => {
    const next = new Set(open);
    if (!next.delete(node)) next.add(node);
    setOpen(next);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = treeTarget(event.key, { tree, rows, open, active, page: 20 });
    if (step === null) return;
    event.preventDefault();
    if (step.toggle !== undefined) toggle(step.toggle);
    if (step.active !== undefined) {
      setActive(step.active);
      virtual.scrollToIndex(rows.indexOf(step.active));
    }
  };
  const shown = rows.includes(active) ? active : (rows[0] ?? 0);

  return (
    <div className="json-tree">
      <div className="view-bar">
        {bar}
        <div className="json-tools">
          <input
            className="input json-filter mono"
            aria-label="JSONPath filter"
            placeholder="JSONPath, $..price"
            spellCheck={false}
            value={typed}
            aria-invalid={(found !== null && found.fault !== null) || undefined}
            onChange={(event) => setTyped(event.target.value)}
          />
          <Button
            variant="quiet"
            aria-label="Open all"
            hint="Open all"
            icon={<ChevronsUpDown size={14} />}
            onClick={() => setOpen(firstOpen(tree, ALL_ROWS))}
          />
          <Button
            variant="quiet"
            aria-label="Close all"
            hint="Close all"
            icon={<ChevronsDownUp size={14} />}
            onClick={() => setOpen(new Set())}
          />
        </div>
      </div>
      {found !== null && <Found found={found} />}
      <div
        ref={scroller}
        className="json-rows mono"
        role="tree"
        aria-label="Payload as a tree"
        tabIndex={0}
        aria-activedescendant={`json-node-${shown}`}
        onKeyDown={onKeyDown}
      >
        <div className="json-canvas" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const node = rows[item.index] ?? 0;
            const root = rootAbove(tree, rootSet, node);
            return (
              <TreeRow
                key={`${item.index}:${node}`}
                tree={tree}
                node={node}
                top={item.start}
                depth={depthBelow(tree, root, node)}
                label={matches !== null && rootSet.has(node) ? pathOf(tree, node) : null}
                open={open.has(node)}
                active={node === shown}
                onToggle={() => toggle(node)}
                onSelect={() => setActive(node)}
              />
            );
          })}
        </div>
      </div>
      {rows.length > 0 && <Way tree={tree} node={shown} />}
    </div>
  );
}

function Found({ found }: { readonly found: QueryResult }) {
  return (
    <p className={found.fault === null ? "json-found muted" : "json-found tone-bad"} role="status">
      {found.fault !== null ? (
        <ArchivedText text={found.fault} />
      ) : (
        `${found.more ? "more than " : ""}${formatCounted(found.nodes.length, "match", "matches")}`
      )}
    </p>
  );
}

/** The way to the chosen value, to take along. */
function Way({ tree, node }: { readonly tree: JsonTree; readonly node: number }) {
  const path = pathOf(tree, node);
  return (
    <div className="json-way">
      <bdi className="mono truncate" data-testid="json-path" title={visibleText(path)}>
        {visibleText(path)}
      </bdi>
      <CopyButton text={path} label="Copy the path" />
      <span className="view-bar-gap" />
      <span className="muted">Value</span>
      <CopyButton text={nodeText(tree, node)} label="Copy the value" />
    </div>
  );
}

interface TreeRowProps {
  readonly tree: JsonTree;
  readonly node: number;
  readonly top: number;
  readonly depth: number;
  /** Stands in place of the key. */
  readonly label: string | null;
  readonly open: boolean;
  readonly active: boolean;
  readonly onToggle: () => void;
  readonly onSelect: () => void;
}

function TreeRow({ tree, node, top, depth, label, open, active, onToggle, onSelect }: TreeRowProps) {
  const inner = hasChildren(tree, node);
  const key = nodeKey(tree, node);
  const place = (tree.parent[node] ?? -1) === -1 ? null : String(tree.place[node]);
  const name = label ?? key ?? place;
  return (
    // The keys are handled by the tree, which has the focus.
    // biome-ignore lint/a11y/useKeyWithClickEvents: see above
    <div
      id={`json-node-${node}`}
      role="treeitem"
      tabIndex={-1}
      aria-level={depth + 1}
      aria-expanded={inner ? open : undefined}
      aria-selected={active}
      className="json-row"
      style={{ top, paddingLeft: 6 + Math.min(depth, MAX_INDENT) * INDENT }}
      onClick={onSelect}
      onDoubleClick={inner ? onToggle : undefined}
    >
      {inner ? (
        // biome-ignore lint/a11y/useKeyWithClickEvents: a target for the pointer, beside the arrow keys
        // biome-ignore lint/a11y/noStaticElementInteractions: see above
        <span className="json-arrow" data-open={open || undefined} onClick={onToggle}>
          <ChevronRight size={13} aria-hidden />
        </span>
      ) : (
        <span className="json-arrow" />
      )}
      {name !== null && (
        <>
          <bdi className={key !== null || label !== null ? "json-key" : "json-place"}>
            {shortened(visibleText(name), 200)}
          </bdi>
          <span className="muted">:&nbsp;</span>
        </>
      )}
      <NodeValue tree={tree} node={node} />
      {inner && !open && <bdi className="json-brief truncate">{shortText(tree, node)}</bdi>}
    </div>
  );
}

function NodeValue({ tree, node }: { readonly tree: JsonTree; readonly node: number }) {
  const kind = nodeKind(tree, node);
  const size = tree.size[node] ?? 0;
  switch (kind) {
    case "object":
      return <span className="muted">{`{${size === 0 ? "" : formatCount(size)}}`}</span>;
    case "array":
      return <span className="muted">{`[${size === 0 ? "" : formatCount(size)}]`}</span>;
    case "lines":
      return <span className="muted">{formatCounted(size, "line")}</span>;
    case "broken":
      return (
        <>
          <bdi className="json-broken tone-bad truncate">{shortText(tree, node)}</bdi>
          <span className="tone-doubt truncate" title={tree.broken.get(node)}>
            &nbsp;{tree.broken.get(node)}
          </span>
        </>
      );
    case "string":
      return <bdi className="json-string truncate">{shortText(tree, node)}</bdi>;
    case "literal": {
      const text = nodeText(tree, node);
      return <bdi className={/^[-\d]|^NaN|^Inf/.test(text) ? "json-number" : "json-word"}>{visibleText(text)}</bdi>;
    }
  }
}

/** The value's text in one line, no longer than that has room for. */
function shortText(tree: JsonTree, node: number): string {
  const start = tree.start[node] ?? 0;
  const end = tree.end[node] ?? 0;
  const text = tree.text.slice(start, Math.min(end, start + 1_000));
  return shortened(visibleText(hasChildren(tree, node) ? text.replaceAll(/\s+/g, " ") : text), 400);
}

/** The root that a node in sight hangs below. Roots may hang below each other, so the nearest one. */
function rootAbove(tree: JsonTree, roots: ReadonlySet<number>, node: number): number {
  for (let at = node; at >= 0; at = tree.parent[at] ?? -1) if (roots.has(at)) return at;
  return 0;
}

/** What an expression finds, once the typing has paused; null without one, and until then. */
function useQuery(query: JsonTreeViewProps["query"], path: string): QueryResult | null {
  const [found, setFound] = useState<{ readonly path: string; readonly result: QueryResult } | null>(null);
  useEffect(() => {
    if (path === "") return;
    const controller = new AbortController();
    const settle = (result: QueryResult) => {
      if (!controller.signal.aborted) setFound({ path, result });
    };
    const timer = setTimeout(() => {
      query(path, controller.signal).then(settle, (error: unknown) =>
        settle({ nodes: [], more: false, fault: error instanceof Error ? error.message : String(error) }),
      );
    }, TYPING_MS);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [query, path]);
  // While one types on, what was found before stays in sight.
  return path === "" ? null : (found?.result ?? null);
}
