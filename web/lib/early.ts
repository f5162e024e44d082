/**
 * What runs before the first paint, as text that stands in every page.
 *
 * It chooses the scheme and marks a browser in which somebody is signed in, so that no page flashes. For all others it asks for the first page of the
 * gallery and for its first pictures while the scripts are still on their way.
 */
export const EARLY = [
  "try{var s=localStorage,d=document.documentElement;",
  'if(s.scheme==="dark"||(s.scheme!=="light"&&matchMedia("(prefers-color-scheme: dark)").matches))d.classList.add("dark");',
  'if(s.signedIn)d.classList.add("known");',
  'else if(location.pathname==="/")',
  'window.firstFeed=fetch("/api/get-feed?limit=12").then(function(a){if(!a.ok)throw a;return a.json()})',
  '.then(function(f){f.posts.slice(0,4).forEach(function(p){var i=new Image;i.fetchPriority="high";i.src=p.media[0].thumbUrl});return f});',
  "window.firstFeed&&window.firstFeed.catch(function(){})",
  "}catch(e){}",
].join("");
