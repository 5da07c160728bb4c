"""The pages for people: server-rendered, readable and printable without script, with no asset from outside."""

from propel_service.web.assets import PackagedFiles
from propel_service.web.board import Board
from propel_service.web.pages import problem_page, router

__all__ = ["Board", "PackagedFiles", "problem_page", "router"]
