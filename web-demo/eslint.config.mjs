import next from "eslint-config-next/core-web-vitals";
import typescript from "eslint-config-next/typescript";

const config = [
  { ignores: [".next/**", "out/**", "next-env.d.ts", "packages/connect/dist/**", "public/**", "src/api/schema.d.ts"] },
  ...next,
  ...typescript,
];

export default config;
