/** The questions that mlc asks, and no other: one for whole texts would bring 600 KB of character tables into the program. */
export { confirm, input, password, search, select } from '@inquirer/prompts'
