import { answerOf } from "guilder-client";
import { api } from "./api";

/** Opens the caller's account, or finds it open. With a verified e-mail this grants the welcome bonus, once. */
export function openAccount() {
  return answerOf(api.POST("/api/open-account", { body: {} }));
}
