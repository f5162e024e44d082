import type { Catalog } from "@/hooks/use-catalog";

/** What a picture costs, by which tokens are made tangible: that of the first feature that makes pictures. */
export function pictureCost(catalog: Catalog): number | undefined {
  const cost = catalog.features.find((each) => each.kind === "image")?.cost;
  return cost || undefined;
}
