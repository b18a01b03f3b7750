-- The words of titles are folded and separated by spaces before they come here, so the tokenizer that takes everything but
-- ASCII punctuation as it is suffices. Beginnings of up to six letters have lists of their own: the titles of a
-- single letter are then read one by one, and never gathered first. Only rows are asked for, so neither positions nor the
-- text itself is kept.
CREATE VIRTUAL TABLE `library_words` USING fts5(`words`, content='', contentless_delete=1, detail=none, tokenize='ascii', prefix='1 2 3 4 5 6');
