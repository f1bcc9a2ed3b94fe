import { until } from "../support/waiting.mjs";

/** The modal has gone, and the focus is on a button of the connected card. */
export async function endsAtTheCard(person) {
  await person.modalIsClosed();
  await person.cardReads("Connected");
  let last;
  await until("the focus is on a button of the card", async () => {
    last = await person.focused();
    return last.where === "page" && last.card === "card-demo-market" && last.tag === "button" && last.seen;
  }).catch((error) => {
    throw new Error(`${error.message}; it is on ${JSON.stringify(last)}`);
  });
}
