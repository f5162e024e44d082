"use client";

import type { Schemas } from "guilder-client";
import { useState } from "react";
import { Img } from "@/components/ui/img";
import { held } from "./rows";

type PictureProps = {
  picture: Schemas["PictureAnswer"];
  /** The caption or what stands for it; empty where the text beside it says the same. */
  alt: string;
  isFirst?: boolean;
  /** Shows the picture itself, where a card shows its thumbnail. */
  isFull?: boolean;
  className?: string;
};

/** A picture in its own shape, on its own color until it is there. */
export function Picture({ picture, alt, isFirst = false, isFull = false, className = "" }: PictureProps) {
  const [isThere, setThere] = useState(false);
  const ratio = picture.width / picture.height;
  return (
    <div
      className="size-full overflow-hidden"
      style={{ aspectRatio: isFull ? ratio : held(ratio), background: picture.color }}
    >
      <Img
        ref={(image) => {
          // It may have come before the scripts did.
          if (image?.complete) setThere(true);
        }}
        src={isFull ? picture.url : picture.thumbUrl}
        width={picture.width}
        height={picture.height}
        alt={alt}
        loading={isFirst ? "eager" : "lazy"}
        fetchPriority={isFirst ? "high" : "low"}
        decoding="async"
        onLoad={() => setThere(true)}
        className={`size-full object-cover transition-[opacity,transform] duration-250 ${isThere || isFirst ? "" : "opacity-0"} ${className}`}
      />
    </div>
  );
}
