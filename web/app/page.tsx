export default function ExplorePage() {
  return <h1 className="display text-4xl">Explore</h1>;
}
