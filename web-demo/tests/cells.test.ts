import { describe, expect, it } from "vitest";
import { showValue } from "@/integrations/cells";
import { hueOf, initials } from "@/ui/initials";

describe("typed cells", () => {
  it("money keeps its exact amount", () => {
    const shown = showValue({ amount: "1234567890123456.10", currency: "USD" }, "money");
    expect(shown.text.replace(/[^\d]/g, "")).toBe("123456789012345610");
    expect(shown).toMatchObject({ number: true, exact: "1234567890123456.10 USD" });
    expect(showValue({ amount: "5", currency: "not-a-currency" }, "money").text).toBe("5 not-a-currency");
  });

  it("only web addresses become links", () => {
    expect(showValue("https://market.example/p/1?x=1", "url")).toMatchObject({
      text: "market.example/p/1",
      href: "https://market.example/p/1?x=1",
    });
    expect(showValue("javascript:alert(1)", "url").href).toBeUndefined();
  });

  it("numbers, truth, time, lists, nothing", () => {
    expect(showValue(7, "integer")).toMatchObject({ text: "7", number: true });
    expect(showValue("0.50", "decimal")).toMatchObject({ text: "0.50", number: true });
    expect(showValue(true, "bool").text).toBe("Yes");
    expect(showValue("2026-05-04T10:00:00Z", "datetime").exact).toBe("2026-05-04T10:00:00Z");
    expect(showValue(["a", "b"], "list").text).toBe("a, b");
    expect(showValue({ a: 1 }, "json").text).toBe('{"a":1}');
    expect(showValue(null, "money").text).toBe("—");
  });
});

describe("a provider's mark", () => {
  it("is made from its name", () => {
    expect(initials("Demo Market")).toBe("DM");
    expect(initials("Hotmart")).toBe("H");
    expect(hueOf("hotmart")).toBe(hueOf("hotmart"));
  });
});
