import type { NextConfig } from "next";
import { PHASE_DEVELOPMENT_SERVER } from "next/constants";

const config: NextConfig = {
  images: { unoptimized: true },
  reactStrictMode: true,
  poweredByHeader: false,
};

/** What Hosting does for the exported pages, `next dev` does with the help of a running `make dev`. */
async function rewrites() {
  const { endpoints } = await import("./scripts/endpoints.mjs");
  const there = ["/api/:path*", "/site.json", "/__/local/:path*"];
  return [
    ...there.map((source) => ({ source, destination: `${endpoints.web}${source}` })),
    { source: "/p/:id", destination: "/post" },
    { source: "/u/:id", destination: "/creator" },
  ];
}

export default (phase: string): NextConfig =>
  phase === PHASE_DEVELOPMENT_SERVER ? { ...config, rewrites } : { ...config, output: "export" };
