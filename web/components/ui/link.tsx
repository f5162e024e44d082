"use client";

import NextLink from "next/link";
import { useRouter } from "next/navigation";
import type { ComponentProps } from "react";

type Props = Omit<ComponentProps<typeof NextLink>, "prefetch" | "href"> & { href: string };

/**
 * A link inside the site. Its page is fetched when somebody points at it.
 *
 * Next would otherwise fetch every page that a link in sight leads to, against the pictures.
 */
export function Link({ href, ...rest }: Props) {
  const router = useRouter();
  const prefetch = () => router.prefetch(href);
  return <NextLink href={href} prefetch={false} onPointerEnter={prefetch} onFocus={prefetch} {...rest} />;
}
