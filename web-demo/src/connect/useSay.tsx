"use client";

import { createContext, useContext } from "react";
import { type Say, speaker } from "@/words/say";

const Words = createContext<Say>(speaker("en"));

export const SayProvider = Words.Provider;

export function useSay(): Say {
  return useContext(Words);
}
