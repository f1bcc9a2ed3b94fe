import { configure } from "@testing-library/react";

// A machine that is busy with other tests takes its time; nothing waits for this long when all is well.
configure({ asyncUtilTimeout: 10_000 });
