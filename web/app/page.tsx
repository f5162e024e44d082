import { Explore } from "@/components/gallery/explore";

export default function ExplorePage() {
  return <Explore />;
}
