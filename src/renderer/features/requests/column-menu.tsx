import { Menu } from "@base-ui/react/menu";
import { ArrowLeft, ArrowRight, Check, Columns3, EyeOff, RotateCcw } from "lucide-react";
import { Hint } from "../../components/hint.tsx";
import type { ColumnChoice } from "./use-columns.ts";
import "../../components/menu.css";

/** The way to the columns for those who do not know that their heads have a menu. */
export function ColumnsButton({ choice }: { readonly choice: ColumnChoice }) {
  return (
    <Menu.Root>
      <Hint text="Choose columns">
        <Menu.Trigger className="button button-quiet button-icon" aria-label="Choose columns">
          <Columns3 size={15} aria-hidden />
        </Menu.Trigger>
      </Hint>
      <Menu.Portal>
        <Menu.Positioner sideOffset={4} align="end">
          <Menu.Popup className="menu">
            <ColumnItems choice={choice} />
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

/** Menu items: what can be done with the column of this id, and which columns are shown. */
export function ColumnItems({ choice, id }: { readonly choice: ColumnChoice; readonly id?: string | null }) {
  const { ordered, shown, toggle, move, reset } = choice;
  const index = shown.findIndex((column) => column.id === id);
  const column = shown[index];
  return (
    <>
      {column !== undefined && (
        <>
          <Menu.Item className="menu-item" disabled={index === 0} onClick={() => move(column.id, -1)}>
            <ArrowLeft size={14} aria-hidden />
            Move {column.label} left
          </Menu.Item>
          <Menu.Item className="menu-item" disabled={index === shown.length - 1} onClick={() => move(column.id, 1)}>
            <ArrowRight size={14} aria-hidden />
            Move {column.label} right
          </Menu.Item>
          <Menu.Item className="menu-item" disabled={shown.length === 1} onClick={() => toggle(column.id)}>
            <EyeOff size={14} aria-hidden />
            Hide {column.label}
          </Menu.Item>
          <Menu.Separator className="menu-separator" />
        </>
      )}
      <Menu.Group>
        <Menu.GroupLabel className="menu-label">Columns</Menu.GroupLabel>
        {ordered.map((each) => {
          const isShown = shown.includes(each);
          return (
            <Menu.CheckboxItem
              key={each.id}
              className="menu-item"
              checked={isShown}
              disabled={isShown && shown.length === 1}
              onCheckedChange={() => toggle(each.id)}
            >
              <span className="menu-check">
                <Menu.CheckboxItemIndicator>
                  <Check size={14} aria-hidden />
                </Menu.CheckboxItemIndicator>
              </span>
              {each.label}
            </Menu.CheckboxItem>
          );
        })}
      </Menu.Group>
      <Menu.Separator className="menu-separator" />
      <Menu.Item className="menu-item" onClick={reset}>
        <RotateCcw size={14} aria-hidden />
        Reset columns
      </Menu.Item>
    </>
  );
}
