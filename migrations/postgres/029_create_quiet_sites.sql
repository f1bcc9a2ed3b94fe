-- Until when a site has asked to be left alone: a restart must not forget it.
create table quiet_sites (
    provider text not null,
    -- The place that the user named, where the definition asks for one.
    place text not null,
    until_at bigint not null,
    primary key (provider, place)
);
