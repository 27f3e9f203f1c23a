// A passkey that was cancelled, timed out or is not there says so in a toast, instead of nothing happening.
import { toast } from "./desk.js";

document.addEventListener("allauth.error", (event) => {
  const cancelled = event.detail.exception?.name === "NotAllowedError";
  event.preventDefault();
  toast(cancelled ? "No passkey was used. Try again, or sign in another way." : "This device cannot use passkeys here. Sign in another way.", "alert");
});
