export type { FieldError } from './errors.ts';
export { type Components, type Field, fieldOf, type JsonSchema } from './field.ts';
export { chineseFieldWords, chineseHint, fieldWords } from './field-words.ts';
export { JsonEditor } from './json-editor.tsx';
export { SchemaForm } from './schema-form.tsx';
export { type JsonObject, withoutDefaults } from './value.ts';
export type { FormWords } from './words.ts';
