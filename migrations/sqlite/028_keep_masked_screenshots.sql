-- What the page that ended a run looked like, masked and sealed.
alter table runs add column screenshot blob;
