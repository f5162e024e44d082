/** So many pictures of the gallery are in their places before the gallery is: the first row of a desk. */
export const FIRST_ROW = 4;

/**
 * What runs before the first paint, as text that stands in every page.
 *
 * It chooses the scheme and marks a browser in which somebody is signed in, so that no page flashes. For all others it
 * asks for the first page of the gallery while the scripts are still on their way. It tells the skeleton of the gallery
 * of the first pictures by custom properties of the document, because React must find the elements as it left them.
 */
export const EARLY = [
  "try{var s=localStorage,d=document.documentElement;",
  'if(s.scheme==="dark"||(s.scheme!=="light"&&matchMedia("(prefers-color-scheme: dark)").matches))d.classList.add("dark");',
  'if(s.signedIn)d.classList.add("known");',
  'else if(location.pathname==="/")',
  'window.firstFeed=fetch("/api/get-feed?limit=12").then(function(a){if(!a.ok)throw a;return a.json()})',
  `.then(function(f){f.posts.slice(0,${FIRST_ROW}).forEach(function(p,n){var m=p.media[0],i=new Image;`,
  'i.fetchPriority="high";i.src=m.thumbUrl;',
  'd.style.setProperty("--first-"+n,"url("+JSON.stringify(m.thumbUrl)+")");',
  'd.style.setProperty("--first-ratio-"+n,m.width/m.height)});return f});',
  "window.firstFeed&&window.firstFeed.catch(function(){})",
  "}catch(e){}",
].join("");

/** What `EARLY` says of a place in the first row, as values of styles: the picture, and its shape or `otherwise`. */
export const firstPicture = (place: number) => `var(--first-${place})`;
export const firstRatio = (place: number, otherwise: number) => `var(--first-ratio-${place}, ${otherwise})`;

/** The gallery is there: a skeleton that comes later shows no picture of it. */
export function forgetFirstRow(): void {
  for (let place = 0; place < FIRST_ROW; place++) {
    document.documentElement.style.removeProperty(`--first-${place}`);
    document.documentElement.style.removeProperty(`--first-ratio-${place}`);
  }
}
