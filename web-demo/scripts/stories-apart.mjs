// After `next build` with STORIES=1: moves the page of stories, and the files that no other page needs, from out/ to
// .next/stories/. What is left in out/ is what is shipped.

import { mkdirSync, readFileSync, readdirSync, renameSync } from "node:fs";
import path from "node:path";

const OUT = "out";
const APART = ".next/stories";
const files = readdirSync(OUT, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => path.relative(OUT, path.join(entry.parentPath, entry.name)));
const texts = new Map(files.filter((file) => /\.(html|txt|js|css)$/.test(file)).map((file) => [file, readFileSync(path.join(OUT, file), "utf8")]));

const isStory = (file) => /^stories[./]/.test(file);
const isLoaded = (file) => file.startsWith("_next/static/chunks/") || file.startsWith("_next/static/media/");

/** The files that those pages load, directly or by what they load. A file is loaded by its name. */
function loadedBy(pages) {
  const found = new Set(pages);
  // A set that grows while it is walked.
  for (const file of found) {
    const text = texts.get(file) ?? "";
    for (const one of files) if (isLoaded(one) && text.includes(path.basename(one))) found.add(one);
  }
  return found;
}

const stories = files.filter(isStory);
if (!stories.includes("stories.html")) throw new Error("out/stories.html is not there: was next build run with STORIES=1?");
const shipped = loadedBy(files.filter((file) => !isStory(file) && !isLoaded(file)));
for (const file of loadedBy(stories)) {
  if (shipped.has(file)) continue;
  mkdirSync(path.dirname(path.join(APART, file)), { recursive: true });
  renameSync(path.join(OUT, file), path.join(APART, file));
}
