/** Writes a chunk of an answer. @returns when it has left, or the other side has gone */
export const sent = (answer, chunk) =>
  new Promise((resolve) => {
    answer.once('close', resolve)
    answer.write(chunk, () => {
      answer.off('close', resolve)
      resolve()
    })
  })
