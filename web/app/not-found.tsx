import { ButtonLink } from "@/components/ui/button";
import { Empty } from "@/components/ui/empty";
import { site } from "@/lib/words/site";

export default function NotFound() {
  return (
    <Empty title={site.notFound} action={<ButtonLink href="/">{site.toExplore}</ButtonLink>}>
      {site.notFoundLong}
    </Empty>
  );
}
