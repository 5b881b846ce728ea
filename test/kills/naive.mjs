import { register } from 'node:module'

register('./naive-hooks.mjs', import.meta.url, { data: process.env.MLC_TEST_NAIVE })
