import { limits } from "guilder-client";
import type { Catalog, Feature } from "@/hooks/use-catalog";
import { count } from "@/lib/money";
import { captionProblem } from "@/lib/text";
import { create as words } from "@/lib/words/create";
import { creator } from "@/lib/words/post";

/** What is being written in the form. */
export type Draft = {
  feature: string;
  prompt: string;
  style: string;
  areas: string;
  property: string;
  publish: boolean;
  caption: string;
};

export const EMPTY: Draft = { feature: "", prompt: "", style: "", areas: "", property: "", publish: true, caption: "" };

const MOST_AREAS = limits.generate.areas.maxItems;

/** The feature of the draft, or the first there is. */
export function featureOf(draft: Draft, catalog: Catalog | undefined): Feature | undefined {
  return catalog?.features.find((each) => each.id === draft.feature) ?? catalog?.features[0];
}

export function areasOf(draft: Draft): string[] {
  return draft.areas
    .split(",")
    .map((area) => area.trim())
    .filter(Boolean);
}

export type DraftField = "prompt" | "areas" | "caption" | "property";

/** What is wrong with the draft, by field. The limits are those of the API. */
export function draftProblems(draft: Draft): Partial<Record<DraftField, string>> {
  const areas = areasOf(draft);
  const found: Partial<Record<DraftField, string>> = {};
  if (draft.prompt.trim() === "") found.prompt = words.promptMissing;
  if (draft.prompt.length > limits.generate.prompt.maxLength) found.prompt = words.tooLong;
  if (areas.length > MOST_AREAS || new Set(areas).size < areas.length)
    found.areas = words.areasProblem(count(MOST_AREAS));
  if (areas.some((area) => area.length > limits.generate.areas.items.maxLength)) found.areas = words.areaTooLong;
  if (draft.property && !new RegExp(limits.generate.property.pattern).test(draft.property)) {
    found.property = words.propertyHint;
  }
  const caption = draft.publish ? captionProblem(draft.caption) : null;
  if (caption) found.caption = caption === "long" ? words.tooLong : creator.hidden;
  return found;
}

/** The request of a draft: nothing is sent that was not chosen. */
export function requestOf(draft: Draft, feature: Feature, style: string | undefined) {
  const areas = areasOf(draft);
  return {
    feature: feature.id,
    prompt: draft.prompt.trim(),
    publish: draft.publish,
    ...(areas.length > 0 && { areas }),
    ...(draft.publish && draft.caption.trim() && { caption: draft.caption.trim() }),
    ...(style && { style }),
    ...(draft.property && { property: draft.property }),
  };
}
