// In a file of its own in the build: an ordinary command line is read without it.
export { default as yargs } from 'yargs'
