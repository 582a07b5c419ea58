// What a page gains with JavaScript; it reads completely without.

