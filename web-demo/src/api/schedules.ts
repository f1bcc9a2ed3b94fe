/** When streams are scraped by themselves, as the page asks for it. */

import { answer, api } from "./client";
import type { Run, Schedule, ScheduleRequest } from "./types";

export async function schedulesOf(connection: string, signal?: AbortSignal): Promise<Schedule[]> {
  const asked = api.GET("/connections/{id}/schedules", { params: { path: { id: connection } }, signal });
  return (await answer(asked)).schedules;
}

export async function setSchedule(connection: string, stream: string, body: ScheduleRequest): Promise<Schedule> {
  return answer(api.PUT("/connections/{id}/schedules/{stream}", { params: { path: { id: connection, stream } }, body }));
}

export async function endSchedule(connection: string, stream: string): Promise<void> {
  await answer(api.DELETE("/connections/{id}/schedules/{stream}", { params: { path: { id: connection, stream } } }));
}

export async function runOf(id: string, signal?: AbortSignal): Promise<Run> {
  return answer(api.GET("/scraper/runs/{id}", { params: { path: { id } }, signal }));
}
