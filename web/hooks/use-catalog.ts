"use client";

import { useQuery } from "@tanstack/react-query";
import { answerOf, type Schemas } from "guilder-client";
import { api } from "@/lib/api";

const FRESH_MS = 3_600_000;

export type Catalog = Schemas["CatalogAnswer"];
export type Package = Schemas["PackageAnswer"];
export type Plan = Schemas["PlanAnswer"];
export type Feature = Schemas["FeatureAnswer"];

/** What things cost. Every number of money on a page comes from here. */
export function useCatalog() {
  return useQuery({
    queryKey: ["catalog"],
    staleTime: FRESH_MS,
    queryFn: ({ signal }) => answerOf(api.GET("/api/get-catalog", { signal })),
  });
}

/** The package with the cheapest token, of several. */
export function bestValue(packages: readonly Package[]): Package | undefined {
  if (packages.length < 2) return undefined;
  return packages.reduce((best, each) => (each.amount * best.tokens < best.amount * each.tokens ? each : best));
}

/** The smallest package that brings at least so many tokens; the largest where none does. */
export function smallestCovering(packages: readonly Package[], tokens: number): Package | undefined {
  const bySize = [...packages].sort((one, other) => one.tokens - other.tokens);
  return bySize.find((each) => each.tokens >= tokens) ?? bySize.at(-1);
}

/** Whether tokens can be bought here that end: those of a plan, with its period. */
export function hasExpiringPlan(catalog: Catalog | undefined): boolean {
  return catalog?.plans.some((plan) => plan.tokens > 0 && plan.tokensExpire === "period") ?? false;
}
